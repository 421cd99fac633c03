import { depthwiseConv2d, draw, openGpu, tensorFromImage } from 'depthwise';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import { cameraStream, patternStream } from './streams';

const EDGES = [-1, -1, -1, -1, 8, -1, -1, -1, -1].flatMap((v) => [v, v, v]);

/** Shows the edges of a video until it is told to stop, and says how many pictures a second it draws. */
async function showEdges(
  video: HTMLVideoElement,
  canvas: HTMLCanvasElement,
  signal: AbortSignal,
  say: (message: string) => void,
): Promise<void> {
  const gpu = await openGpu({ signal });
  signal.addEventListener('abort', () => gpu.destroy());
  const filter = gpu.tensor(EDGES, [3, 3, 3, 1]);
  const times: number[] = [];

  const onFrame = (now: number): void => {
    if (signal.aborted) return;
    using frame = tensorFromImage(gpu, video);
    using edges = depthwiseConv2d(frame, filter, { padding: 'same' });
    draw(edges, canvas);

    if (times.push(now) > 20) say(`${Math.round(20_000 / (now - times.shift()!))} pictures a second`);
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);
}

export function App(): ReactElement {
  const video = useRef<HTMLVideoElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [openStream, setOpenStream] = useState(() => patternStream);
  const [message, setMessage] = useState('Opening the GPU ...');

  useEffect(() => {
    const stop = new AbortController();
    const fail = (error: Error): void => {
      if (!stop.signal.aborted) setMessage(error.message);
    };
    openStream(stop.signal).then((stream) => (video.current!.srcObject = stream), fail);
    showEdges(video.current!, canvas.current!, stop.signal, setMessage).catch(fail);
    return () => stop.abort();
  }, [openStream]);

  return (
    <>
      <video ref={video} width={640} height={480} autoPlay muted playsInline />
      <canvas ref={canvas} width={640} height={480} />
      <p>
        <button onClick={() => setOpenStream(() => cameraStream)}>Use my camera</button> <output>{message}</output>
      </p>
    </>
  );
}
