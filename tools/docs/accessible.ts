/** What screen readers are told of TypeDoc's pages beyond what TypeDoc says: which part is the content, and which list is which. */

const ROLES: readonly (readonly [html: string, role: string])[] = [
  ['<div class="col-content"', 'role="main"'],
  ['<div class="col-sidebar"', 'role="complementary" aria-label="Contents"'],
  ['<nav id="tsd-sidebar-links"', 'aria-label="Site"'],
  ['<nav class="tsd-navigation"', 'aria-label="Documentation"'],
];

/** @param url of the page, within the documentation */
export function accessible(html: string, url: string): string {
  const told = ROLES.reduce((page, [start, role]) => page.replaceAll(start, `${start} ${role}`), html);
  // Right under the name of the function, without the levels between.
  return url.startsWith('functions/') ? told.replaceAll('<h4', '<h4 aria-level="2"') : told;
}
