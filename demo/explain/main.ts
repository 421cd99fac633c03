/** How kinds of convolution relate, at `/explain/`; `?lang=zh` has it in Chinese. */
import { openGpu } from '../../src/index';
import { explain } from './explain';
import { stateOf, type State } from './state';

/** Keeps the language in the address, so that it can be shared. */
function remember({ language }: State): void {
  const address = new URL(location.href);
  address.searchParams.set('lang', language);
  history.replaceState(null, '', address);
}

explain(document.body, () => openGpu(), stateOf(location.search, navigator.language), remember);
