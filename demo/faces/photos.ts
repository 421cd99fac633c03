/** Photographs: samples, and the visitor's own. */
import { photos } from '../photos/photos';

export const samples: readonly { readonly name: string; readonly url: string }[] = [
  { name: 'Astronaut', url: photos.astronaut },
  { name: 'Photographer', url: photos.photographer },
  { name: 'Cat', url: photos.cat },
];

/** More pixels than this along a side take time to draw, and no model uses them. */
const LONGEST = 1600;

/** @throws (rejects) if there is no such picture, or the browser cannot read it */
export async function loadPhoto(photo: string | File): Promise<ImageBitmap> {
  const image = await decode(typeof photo === 'string' ? await download(photo) : photo);
  const scale = LONGEST / Math.max(image.width, image.height);
  if (scale >= 1) return image;
  return createImageBitmap(image, { resizeWidth: Math.round(image.width * scale), resizeQuality: 'high' });
}

async function download(url: string): Promise<Blob> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The photograph ${url} is not there: ${response.status} ${response.statusText}.`);
  return response.blob();
}

async function decode(blob: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(blob);
  } catch (cause) {
    throw new Error('This file is no picture that the browser can read. Choose a JPEG, PNG, WebP or AVIF.', { cause });
  }
}
