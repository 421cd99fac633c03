/**
 * Builds the documentation into site/docs/: the guides and the reference, as pages with relative addresses, so that any static
 * host serves them from any path.
 */
import { join } from 'node:path';
import { Application, PageEvent } from 'typedoc';
import { ENTRIES, ROOT } from '../package/entries.ts';
import { accessible } from './accessible.ts';
import { deadLinks } from './check-links.ts';
import { GUIDES, PROJECT } from './guides.ts';
import { HEADINGS, putInOrder } from './order.ts';
import { useTheme } from './theme.ts';

/** Stands for the site's root in the navigation, because TypeDoc writes the same navigation on pages of every depth. */
const SITE = 'site:';

const OUT = join(ROOT, 'site/docs');

const app = await Application.bootstrap({
  name: 'depthwise',
  entryPoints: ENTRIES.map((name) => join(ROOT, 'src', `${name}.ts`)),
  tsconfig: join(ROOT, 'src/tsconfig.json'),
  readme: join(ROOT, 'README.md'),
  projectDocuments: [...GUIDES, ...PROJECT].map((path) => join(ROOT, path)),
  customCss: join(ROOT, 'tools/docs/style.css'),
  disableSources: true,
  excludeInternal: true,
  treatWarningsAsErrors: true,
  // Unions of a few names, which editors spell out.
  intentionallyNotExported: ['MAPS', 'CoordinateMode', 'NearestMode', 'Owner', 'Sides', 'MirrorMode', 'Place'],
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
if (project === undefined) process.exit(1);
await app.generateDocs(project, OUT);
for (const link of deadLinks(OUT)) app.logger.error(`dead link in ${link}`);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);
