import './require_node.cjs';

// Not a static import: an older Node would link it before it looks at its own version, and name what it lacks instead.
await import('./process/serve.ts');
