/** Opens a library in a frame of its own. */
import type { OpenRealm, Realm } from './realm';
import type { ContenderName } from './strategy';

/** A library fetches megabytes of WebAssembly from this machine and compiles them. */
const OPEN_MS = 90_000;

/** @throws (rejects) if the library does not load or start */
export async function openFrame(name: ContenderName): Promise<OpenRealm> {
  const frame = document.createElement('iframe');
  frame.title = name;
  frame.hidden = true;
  frame.src = `${new URL('peers/frame.html', document.baseURI).pathname}?peer=${name}`;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not ready after ${OPEN_MS / 1000} s`)), OPEN_MS);
  });
  try {
    document.body.append(frame);
    const realm = await Promise.race([realmOf(frame), late]);
    return { ...realm, close: () => frame.remove() };
  } catch (error) {
    frame.remove();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function realmOf(frame: HTMLIFrameElement): Promise<Realm> {
  // The event comes when the frame's module has run.
  await new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
  const { realm } = frame.contentWindow as Window & Pick<typeof globalThis, 'realm'>;
  if (realm === undefined) throw new Error('its frame does not load');
  return realm;
}
