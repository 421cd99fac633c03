/** TypeDoc's pages with one level less in the navigation: the headings of the main entry stand beside the guides. */
import { DefaultTheme, JSX, type Application, type NavigationElement, type ProjectReflection } from 'typedoc';

/** The lists that are open until the reader closes them; TypeDoc keeps that under these keys. */
const OPEN: readonly string[] = ['Guides', 'Convolution'];

const OPEN_AT_FIRST = `try {
  for (const heading of ${JSON.stringify(OPEN)}) localStorage['tsd-accordion-' + heading] ??= 'true';
} catch { /* A browser that keeps nothing shows the list closed. */ }`;

class Theme extends DefaultTheme {
  override buildNavigation(project: ProjectReflection): NavigationElement[] {
    return super.buildNavigation(project).flatMap((element) => {
      if (element.text !== 'Reference') return element;
      const [main, ...others] = element.children!;
      return [...main.children!, { text: 'Beside other libraries', children: others.map(openable) }];
    });
  }
}

/** A heading that opens and closes holds no link, which no keyboard would reach, but the first of its list. */
function openable({ text, children = [], ...page }: NavigationElement): NavigationElement {
  return { text, children: [{ ...page, text: 'All of it' }, ...children] };
}

/** Makes an application render with this theme. */
export function useTheme(app: Application): void {
  app.renderer.defineTheme('depthwise', Theme);
  app.options.setValue('theme', 'depthwise');
  app.renderer.hooks.on('head.end', () =>
    JSX.createElement(
      JSX.Fragment,
      null,
      // As on the other pages of the site: without it a browser asks the host for an icon that is not there.
      JSX.createElement('link', { rel: 'icon', href: 'data:,' }),
      JSX.createElement('script', null, JSX.createElement(JSX.Raw, { html: OPEN_AT_FIRST })),
    ),
  );
}
