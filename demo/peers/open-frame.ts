/** Opens a library in a frame of its own. */
import type { OpenRealm, Realm } from './realm';
import { SHIPPED_FILE, shippedBytes, type Shipped } from './shipped';
import type { ContenderName } from './strategy';

/** A library fetches megabytes of WebAssembly from this machine and compiles them. */
const OPEN_MS = 90_000;

/** A library without a first result by then hangs. The slowest one known takes a fraction of this on a loaded machine. */
const HANGS_MS = 200_000;

/** A library in its frame. */
interface Opened {
  readonly realm: Realm;
  readonly frame: HTMLIFrameElement;
}

/**
 * A frame that hangs is cut off, with everything it has on the GPU. A library whose WebAssembly has trapped is no longer sound
 * (LiteRT.js then loops forever on the next task and blocks the page), so it is opened again.
 *
 * @param shipped what each library ships, if that is known
 * @throws (rejects) if the library does not load or start
 */
export async function openFrame(name: ContenderName, shipped?: Shipped): Promise<OpenRealm> {
  let opened = await opening(name);
  let hung: string | undefined;
  let hasTrapped = false;

  const heard = <T>(answer: T): T => {
    hasTrapped ||= String(answer).includes('RuntimeError');
    return answer;
  };
  const asked = async <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((error: unknown) => {
      throw heard(error);
    });
  const entering = async <T extends object>(enter: (realm: Realm) => Promise<T>): Promise<T> => {
    if (hung !== undefined) throw new Error(hung);
    if (hasTrapped) {
      opened.frame.remove();
      opened = await opening(name);
      hasTrapped = false;
    }
    const entered = await asked(
      inTime(enter(opened.realm), HANGS_MS, () => {
        hung = `it HANGS: no first result after ${HANGS_MS / 1000} s; it is left out from here on`;
        opened.frame.remove();
        return hung;
      }),
    );
    if ('errors' in entered) heard(entered.errors);
    return entered;
  };

  return {
    enterLayer: async (layer) => entering((realm) => realm.enterLayer(layer)),
    enterNetwork: async (network) => entering((realm) => realm.enterNetwork(network)),
    enterModel: async (model) => entering((realm) => realm.enterModel(model)),
    time: async (calls) => asked(opened.realm.time(calls)),
    gpuMs: async () => asked(opened.realm.gpuMs()),
    // Of a frame that is gone nothing answers.
    leave: async () => (hung === undefined ? opened.realm.leave().then(heard) : []),
    shipped: () => shipped && (hung === undefined ? shippedBytes(shipped, name, fetchedBy(opened.frame)) : undefined),
    close: () => opened.frame.remove(),
  };
}

async function opening(name: ContenderName): Promise<Opened> {
  const frame = document.createElement('iframe');
  frame.title = name;
  frame.hidden = true;
  frame.src = `${addressOf('frame.html').pathname}?peer=${name}`;
  try {
    document.body.append(frame);
    const realm = await inTime(realmOf(frame), OPEN_MS, () => `not ready after ${OPEN_MS / 1000} s`);
    return { realm, frame };
  } catch (error) {
    frame.remove();
    throw error;
  }
}

/** @throws (rejects) if the server does not know */
export async function loadShipped(): Promise<Shipped> {
  const response = await fetch(addressOf(SHIPPED_FILE));
  if (!response.ok) throw new Error(`the server does not tell what the libraries ship (status ${response.status})`);
  return (await response.json()) as Shipped;
}

function addressOf(file: string): URL {
  return new URL(`peers/${file}`, document.baseURI);
}

function fetchedBy({ contentWindow }: HTMLIFrameElement): readonly string[] {
  return contentWindow?.performance.getEntriesByType('resource').map(({ name }) => name) ?? [];
}

/** @param late called when the time is over; says what to throw */
async function inTime<T>(waited: Promise<T>, ms: number, late: () => string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(late())), ms);
  });
  try {
    return await Promise.race([waited, over]);
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
