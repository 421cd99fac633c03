/** What `--filter` asks for. Both the page and the command line read it. */

/** @throws if it is no regular expression */
export function patternOf(filter: string): RegExp {
  try {
    return new RegExp(filter, 'i');
  } catch (cause) {
    throw new Error(`the filter "${filter}" is no regular expression: ${(cause as Error).message}`, { cause });
  }
}
