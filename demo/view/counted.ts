/** How many there are of something, in words: `1 layer`, `2 layers`. */
export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
