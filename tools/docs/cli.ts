/** `npm run docs`: the guides and the reference into `site/docs/`. */
import { join } from 'node:path';
import { ROOT } from '../package/entries.ts';
import { buildDocs } from './build.ts';

await buildDocs(join(ROOT, 'site/docs'));
