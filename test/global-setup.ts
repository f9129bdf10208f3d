export function setup(): void {
  // replaced by db helper
}
