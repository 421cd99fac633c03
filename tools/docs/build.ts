/**
 * Builds the documentation: the guides and the reference, as pages with relative addresses, so that any static host serves them from
 * any path.
 */
import { join } from 'node:path';
import { Application, PageEvent } from 'typedoc';
import { ENTRIES, ROOT } from '../package/entries.ts';
import { accessible } from './accessible.ts';
import { deadLinks, emptyLinks } from './check-links.ts';
import { GUIDES, PROJECT } from './guides.ts';
import { HEADINGS, putInOrder } from './order.ts';
import { useTheme } from './theme.ts';

/** Stands for the site's root in the navigation, because TypeDoc writes the same navigation on pages of every depth. */
const SITE = 'site:';

/**
 * Builds the documentation into a folder, which is `docs/` of the site.
 *
 * @throws (rejects) if something is wrong, such as a dead link, or a public signature that mentions a type without a page of its own;
 * the log says what
 */
export async function buildDocs(out: string): Promise<void> {
  const app = await Application.bootstrap({
    name: 'depthwise',
    entryPoints: ENTRIES.map((name) => join(ROOT, 'src', `${name}.ts`)),
    tsconfig: join(ROOT, 'src/tsconfig.json'),
    readme: join(ROOT, 'README.md'),
    projectDocuments: [...GUIDES, ...PROJECT].map((path) => join(ROOT, path)),
    customCss: join(ROOT, 'tools/docs/style.css'),
    disableSources: true,
    excludeInternal: true,
    // Links to folders, which lead to the repository.
    validation: { invalidPath: false },
    categorizeByGroup: false,
    categoryOrder: [...HEADINGS],
    defaultCategory: 'Types',
    navigation: { includeCategories: true, includeGroups: false, includeFolders: false },
    navigationLinks: { Benchmark: SITE, Faces: `${SITE}faces/`, Explained: `${SITE}explain/` },
    visibilityFilters: {},
    searchInComments: true,
    searchInDocuments: true,
    // Fields of types can have the names of functions, too.
    searchGroupBoosts: { Functions: 4, Documents: 3 },
    highlightLanguages: ['bash', 'css', 'html', 'javascript', 'json', 'jsx', 'sh', 'tsx', 'typescript', 'wgsl'],
    hideGenerator: true,
  });

  useTheme(app);
  putInOrder(app);

  app.renderer.on(PageEvent.END, (page: PageEvent) => {
    const up = '../'.repeat(page.url.split('/').length);
    page.contents = accessible(page.contents ?? '', page.url).replaceAll(`href="${SITE}`, `href="${up}`);
  });

  const project = await app.convert();
  if (project !== undefined) {
    app.validate(project);
    await app.generateDocs(project, out);
    for (const link of deadLinks(out)) app.logger.error(`dead link in ${link}`);
    for (const link of emptyLinks(out)) app.logger.error(`link without a text in ${link}`);
  }
  if (app.logger.hasErrors() || app.logger.hasWarnings())
    throw new Error('the documentation is not right: see the log');
}
