/** Returns true if a response equals another one except for nulls. */
export function isPart(data: any, whole: any): boolean {
  if (data === null || data === undefined || data === whole) return true;
  if (typeof data !== 'object' || typeof whole !== 'object' || whole === null) return false;
  const [names, all] = [Object.keys(data), Object.keys(whole)];
  return names.length === all.length && names.every((name) => name in whole && isPart(data[name], whole[name]));
}
