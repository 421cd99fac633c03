/** Gives screen readers what TypeDoc's pages lack: which part is the content, and what each list holds. */

const ROLES: readonly (readonly [html: string, role: string])[] = [
  ['<div class="col-content"', 'role="main"'],
  ['<div class="col-sidebar"', 'role="complementary" aria-label="Contents"'],
  ['<nav id="tsd-sidebar-links"', 'aria-label="Site"'],
  ['<nav class="tsd-navigation"', 'aria-label="Documentation"'],
];

/** @param url of the page, within the documentation */
export function accessible(html: string, url: string): string {
  const told = ROLES.reduce((page, [start, role]) => page.replaceAll(start, `${start} ${role}`), html);
  // Right under the function's name, without the levels in between.
  return url.startsWith('functions/') ? told.replaceAll('<h4', '<h4 aria-level="2"') : told;
}
