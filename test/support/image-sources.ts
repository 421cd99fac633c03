/** Images of every kind that a browser has, all with the same pixels. */
import type { ImageSource } from '../../src/index';

/** The pixels on a canvas. A canvas stores half-transparent pixels premultiplied, which changes some of them. */
export function canvasOf(image: ImageData): OffscreenCanvas {
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas;
}

async function urlOf(image: ImageData, type = 'image/png'): Promise<string> {
  return URL.createObjectURL(await canvasOf(image).convertToBlob({ type }));
}

async function imgOf(url: string): Promise<HTMLImageElement> {
  const img = new Image();
  img.src = url;
  await img.decode();
  return img;
}

/** Sources by name. A `<video>` gets its picture from a stream, see {@link videoOf}. */
export const sources: Readonly<Record<string, (image: ImageData) => ImageSource | Promise<ImageSource>>> = {
  ImageData: (image) => image,
  'an ImageBitmap': (image) => createImageBitmap(canvasOf(image)),
  'an ImageBitmap of ImageData': (image) => createImageBitmap(image),
  'an OffscreenCanvas': canvasOf,
  'a canvas': (image) => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: image.width, height: image.height });
    canvas.getContext('2d')!.putImageData(image, 0, 0);
    return canvas;
  },
  'a canvas that is read often': (image) => {
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext('2d', { willReadFrequently: true })!.putImageData(image, 0, 0);
    return canvas;
  },
  'an <img>': async (image) => imgOf(await urlOf(image)),
  'an <image> in SVG': async (image) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', 'image');
    element.setAttribute('width', `${image.width}`);
    element.setAttribute('height', `${image.height}`);
    const loaded = new Promise((resolve) => element.addEventListener('load', resolve));
    element.setAttribute('href', await urlOf(image));
    await loaded;
    return element;
  },
  'a VideoFrame': (image) => new VideoFrame(canvasOf(image), { timestamp: 0 }),
};

/** A `<video>` that shows the canvas; `stop` ends it. */
export async function videoOf(canvas: HTMLCanvasElement): Promise<{ video: HTMLVideoElement; stop: () => void }> {
  const stream = canvas.captureStream();
  const video = document.createElement('video');
  Object.assign(video, { muted: true, srcObject: stream });
  video.play().catch(() => {});
  // A stream gets a frame only when something is drawn.
  while (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) {
    canvas.getContext('2d')!.drawImage(canvas, 0, 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const stop = (): void => {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  return { video, stop };
}

/** A photograph as a camera held sideways stores it: a JPEG whose orientation, 6, asks for a quarter turn. */
export async function sidewaysJpeg(image: ImageData): Promise<HTMLImageElement> {
  const blob = await canvasOf(image).convertToBlob({ type: 'image/jpeg', quality: 1 });
  const exif = [
    [0xff, 0xe1, 0, 34], // APP1, and its length
    [0x45, 0x78, 0x69, 0x66, 0, 0], // "Exif"
    [0x4d, 0x4d, 0, 42, 0, 0, 0, 8], // big-endian TIFF, whose directory is at byte 8
    [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0], // one entry: the orientation, a short, is 6
    [0, 0, 0, 0],
  ];
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return imgOf(
    URL.createObjectURL(
      new Blob([bytes.subarray(0, 2), Uint8Array.from(exif.flat()), bytes.subarray(2)], { type: 'image/jpeg' }),
    ),
  );
}

/** A PNG with a profile: its colors are in Display P3, if the browser has such canvases. */
export async function wideImg(image: ImageData): Promise<HTMLImageElement> {
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext('2d', { colorSpace: 'display-p3' })!;
  context.putImageData(image, 0, 0);
  return imgOf(URL.createObjectURL(await canvas.convertToBlob()));
}
