/** What the tidy rules know of a file: its imports, exports and shapes, as the compiler parses them. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'

export interface Import {
  /** Path from the root of the checkout, or the name of a package. */
  readonly from: string
  /** Nothing of it exists at run time. */
  readonly isTypeOnly: boolean
  /** Loaded later, by `await import()`. */
  readonly isLazy: boolean
  /** The names as the other file exports them; `*` for all of them. */
  readonly names: readonly string[]
}

export interface Export {
  readonly name: string
  readonly isType: boolean
  /** Named in the signature of another export of the file, or handed on: a reader needs it. */
  readonly isInSignature: boolean
}

export interface SourceFile {
  /** From the root of the checkout, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
  readonly exports: readonly Export[]
  /** Constructs no file may have: default exports, `export *`, enums, namespaces, classes. */
  readonly shapes: readonly string[]
  /** Whether it writes SQL, and how that was seen. */
  readonly sql: string | undefined
}

const folders = ['sdk', 'catalogs', 'db', 'log', 'vault', 'exchange', 'certs-dev', 'demo', 'bench']

/** Every file that is ours and no test, the support of tests included. */
export function readSources(root: string): SourceFile[] {
  const paths = [...folders, 'test'].flatMap((folder) => filesIn(root, folder))
  return paths.map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')))
}

function filesIn(root: string, folder: string): string[] {
  try {
    const entries = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    return entries
      .map((entry) => `${folder}/${entry.replaceAll('\\', '/')}`)
      .filter((path) => path.endsWith('.ts') && !/\.test\.ts$|\/dist\//.test(path))
      .sort()
  } catch (thrown) {
    // Not every folder is there yet.
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return []
    throw thrown
  }
}

export function parseSource(path: string, text: string): SourceFile {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const found = {
    imports: [] as Import[],
    shapes: [] as string[],
    sql: undefined as string | undefined,
  }
  const visit = (node: ts.Node): void => {
    const imported = importIn(node, path)
    if (imported) found.imports.push(imported)
    const shape = shapeIn(node)
    if (shape !== undefined) found.shapes.push(shape)
    found.sql ??= sqlIn(node)
    ts.forEachChild(node, visit)
  }
  ts.forEachChild(file, visit)
  return { path, text, ...found, exports: exportsIn(file) }
}

function importIn(node: ts.Node, path: string): Import | undefined {
  if (ts.isImportDeclaration(node)) {
    const { importClause: clause } = node
    const isTypeOnly = clause?.phaseModifier === ts.SyntaxKind.TypeKeyword
    const names = namesIn(clause?.namedBindings)
    return { ...place(node.moduleSpecifier, path), isTypeOnly, isLazy: false, names }
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    const { isTypeOnly } = node
    const names = namesIn(node.exportClause)
    return { ...place(node.moduleSpecifier, path), isTypeOnly, isLazy: false, names }
  }
  return ts.isCallExpression(node) ? lazyImport(node, path) : undefined
}

function lazyImport(node: ts.CallExpression, path: string): Import | undefined {
  const [argument] = node.arguments
  if (node.expression.kind !== ts.SyntaxKind.ImportKeyword || !argument) return undefined
  return { ...place(argument, path), isTypeOnly: false, isLazy: true, names: lazyNames(node) }
}

function place(specifier: ts.Expression, path: string): { from: string } {
  const text = ts.isStringLiteral(specifier) ? specifier.text : '?'
  return { from: text.startsWith('.') ? normalize(join(dirname(path), text)) : text }
}

/** The names as the other file has them; `*` for a namespace, and for `export *`. */
function namesIn(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): string[] {
  if (!bindings || ts.isNamespaceImport(bindings) || ts.isNamespaceExport(bindings)) return ['*']
  return bindings.elements.map((one) => (one.propertyName ?? one.name).text)
}

/** `const { a } = await import(…)` takes `a`; anything else may take all. */
function lazyNames(call: ts.CallExpression): string[] {
  const declaration = call.parent.parent
  if (!ts.isVariableDeclaration(declaration) || !ts.isObjectBindingPattern(declaration.name)) {
    return ['*']
  }
  return declaration.name.elements.map((one) => (one.propertyName ?? one.name).getText())
}

function shapeIn(node: ts.Node): string | undefined {
  if (ts.isExportAssignment(node) || hasModifier(node, ts.SyntaxKind.DefaultKeyword)) {
    return 'a default export'
  }
  if (ts.isExportDeclaration(node) && !node.exportClause) return 'export *'
  if (ts.isEnumDeclaration(node)) return 'an enum'
  if (ts.isModuleDeclaration(node) && !ts.isStringLiteral(node.name)) return 'a namespace'
  if (ts.isClassDeclaration(node)) return 'a class'
  return undefined
}

const statement =
  /^\s*(select\s[^]*?\sfrom\s|select\s+(exists|from|pg_\w+|current_setting)\b|insert\s+into\s|update\s+[\w.]+\s+set\s|delete\s+from\s|create\s+(table|schema|role|database|index|function|view)\s|alter\s+(table|role|database|schema)\s|drop\s+(table|schema|role|database)\s|truncate\s+[\w.]+\s*$|with\s+\w+\s+as\s*(materialized\s*)?\()/i

function sqlIn(node: ts.Node): string | undefined {
  if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 'sql') return 'uses the sql tag'
  const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node)
  return isText && statement.test(node.text)
    ? `holds the text ${node.getText().slice(0, 40)}`
    : undefined
}

function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  if (!ts.canHaveModifiers(node)) return false
  return ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false
}

function exportsIn(file: ts.SourceFile): Export[] {
  const exported = file.statements.filter((node) => hasModifier(node, ts.SyntaxKind.ExportKeyword))
  const names = exported.flatMap((node) =>
    declaredNames(node).map((name) => ({ name, isType: isType(node), node })),
  )
  const own = names.map(({ name, isType, node }) => {
    const others = exported.filter((other) => other !== node)
    return { name, isType, isInSignature: others.some((other) => signature(other).has(name)) }
  })
  const listed = file.statements.flatMap((node) => {
    if (!ts.isExportDeclaration(node) || !node.exportClause) return []
    const { exportClause: clause, isTypeOnly: isType } = node
    if (!ts.isNamedExports(clause)) return [{ name: clause.name.text, isType }]
    return clause.elements.map((one) => ({ name: one.name.text, isType }))
  })
  return [...own, ...listed.map((one) => ({ ...one, isInSignature: true }))]
}

function declaredNames(node: ts.Statement): string[] {
  if (ts.isVariableStatement(node)) {
    return node.declarationList.declarations.map(({ name }) => name.getText())
  }
  const isNamed =
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node)
  return isNamed && node.name ? [node.name.text] : []
}

function isType(node: ts.Statement): boolean {
  return ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)
}

/** Every name in the types by which an export is used from outside; bodies do not count. */
function signature(node: ts.Statement): ReadonlySet<string> {
  const names = new Set<string>()
  const visit = (inner: ts.Node): void => {
    if (ts.isBlock(inner)) return
    if (ts.isTypeReferenceNode(inner) || ts.isExpressionWithTypeArguments(inner)) {
      names.add(inner.getText().replace(/[<.].*/s, ''))
    }
    ts.forEachChild(inner, visit)
  }
  visit(node)
  return names
}
