/**
 * Returns the schemas of layers of subgraphs, each with only the keys of the next layer. Planners that examine every
 * way to `end0` never end.
 */
export function mazeOf(width: number, depth: number): Record<string, string> {
  const keys = (layer: number, more: string) =>
    `type Entity @key(fields: "key${layer}") @key(fields: "key${layer + 1}") {
       key${layer}: ID! @shareable key${layer + 1}: ID! @shareable ${more} }`;
  const layers = Array.from({ length: width * depth }, (_, at) => {
    const [layer, column] = [Math.floor(at / width), at % width];
    return [`layer${layer}x${column}`, keys(layer, layer === depth - 1 ? `end${column}: Int` : '')] as const;
  });
  return {
    start: 'type Query { open: String entity: Entity } type Entity @key(fields: "key0") { key0: ID! }',
    ...Object.fromEntries(layers),
  };
}
