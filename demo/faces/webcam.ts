/** The webcam, and what to do where there is none. */

export interface Webcam {
  readonly video: HTMLVideoElement;
  /** Waits for the next picture that the camera gives. */
  readonly next: () => Promise<void>;
  readonly stop: () => void;
}

/** @throws (rejects) with a sentence for the visitor */
export async function openWebcam(onEnd: () => void): Promise<Webcam> {
  const stream = await request();
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  const stop = (): void => {
    for (const track of stream.getTracks()) track.stop();
  };
  try {
    await video.play();
  } catch (cause) {
    stop();
    throw new Error('The webcam gives no picture.', { cause });
  }
  // The camera was unplugged, or the browser's settings took it away. Stopping the track here fires no 'ended' event.
  for (const track of stream.getTracks()) track.addEventListener('ended', onEnd);
  return { video, next: () => nextFrame(video), stop };
}

async function request(): Promise<MediaStream> {
  // Only pages on https and localhost have it, although the types say that all do.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) throw new Error('A webcam needs a page that is served by https or from localhost.');
  try {
    return await devices.getUserMedia({ video: { width: { ideal: 1280 }, facingMode: 'user' } });
  } catch (cause) {
    const name = cause instanceof DOMException ? cause.name : '';
    throw new Error(REASONS[name] ?? `The webcam does not start: ${String(cause)}.`, { cause });
  }
}

/** @see https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia */
const REASONS: Readonly<Record<string, string>> = {
  NotAllowedError: 'The webcam was refused. Allow it beside the page’s address, then try again; photos work without.',
  NotFoundError: 'There is no webcam here. Photos work without.',
  NotReadableError: 'The webcam is used by another app. Close that, then try again.',
};

async function nextFrame(video: HTMLVideoElement): Promise<void> {
  await new Promise<void>((resolve) => {
    // The browser draws no frames on a hidden page, so the GPU rests, too.
    if ('requestVideoFrameCallback' in video) video.requestVideoFrameCallback(() => resolve());
    else requestAnimationFrame(() => resolve());
  });
}
