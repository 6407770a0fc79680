/** Levels of assurance: 1 for one factor, 2 for two. */
export type Assurance = 1 | 2;

/** Returns the claim `acr` of a level of assurance. */
export function acrOf(assurance: Assurance): string {
  return `urn:gatehouse:acr:${assurance}`;
}
