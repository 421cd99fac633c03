/** Gives keyboards and screen readers what TypeDoc's pages lack: which part is the content, what each list holds, headings in order. */

const ROLES: readonly (readonly [html: string, attributes: string])[] = [
  ['<div class="col-content"', 'role="main"'],
  ['<div class="col-sidebar"', 'role="complementary" aria-label="Contents"'],
  ['<nav id="tsd-sidebar-links"', 'aria-label="Site"'],
  ['<nav class="tsd-navigation"', 'aria-label="Documentation"'],
  // Right under the name of the page, without the levels in between.
  ['<h5', 'aria-level="2"'],
  // Of the menu of a page.
  ['<h3>', 'aria-level="2"'],
];

/** @param url of the page, within the documentation */
export function accessible(html: string, url: string): string {
  const told = ROLES.reduce(
    (page, [start, attributes]) => page.replaceAll(start, withAttributes(start, attributes)),
    html,
  );
  const plain = told.replaceAll(/<summary.*?<\/summary>/gs, withoutLinks);
  // Functions have no members, and what is said of a type itself comes before those that it has.
  const members = url.startsWith('functions/') ? -1 : plain.search(/<(section|details) class="tsd-panel-group/);
  const [own, rest] = members < 0 ? [plain, ''] : [plain.slice(0, members), plain.slice(members)];
  return own.replaceAll('<h4', '<h4 aria-level="2"') + rest;
}

function withAttributes(start: string, attributes: string): string {
  return start.endsWith('>') ? `${start.slice(0, -1)} ${attributes}>` : `${start} ${attributes}`;
}

/** A summary is a button, and a link within a button cannot be reached by keyboard. The index of the page has the same links. */
function withoutLinks(summary: string): string {
  return summary.replaceAll(/<a href="#[^"]*" aria-label="Permalink".*?<\/a>/gs, '');
}
