/** The card as a picture. */
import { domToBlob } from 'modern-screenshot';

/** Sharp on any screen. */
const SCALE = 3;

export async function pictureOf(card: HTMLElement): Promise<Blob> {
  return domToBlob(card, { scale: SCALE, type: 'image/png' });
}
