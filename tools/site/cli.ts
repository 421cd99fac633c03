/** `npm run build:site`: the pages into `site/`; `npm run docs` then adds the guides and the reference. */
import { join } from 'node:path';
import { ROOT } from '../package/entries.ts';
import { buildSite } from './build.ts';

await buildSite(join(ROOT, 'site'));
