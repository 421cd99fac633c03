/**
 * Lets the browser keep the library's modules from one test file to the next. Each file opens a page of its own, and would ask the
 * dev server for the same three hundred modules again.
 */
import type { Plugin } from 'vite';

/** Modules that nobody edits during a run, and that import nothing that the server might bundle anew. */
const KEPT = /^\/(src|shaders)\/[^?]*$/;

/** Only for runs that end: while tests are watched, sources change. */
export function keepSources(): Plugin {
  return {
    name: 'depthwise:keep-sources',
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        if (KEPT.test(request.url ?? '')) {
          const setHeader = response.setHeader.bind(response);
          response.setHeader = (name, value) => setHeader(name, name === 'Cache-Control' ? 'max-age=3600' : value);
        }
        next();
      });
    },
  };
}
