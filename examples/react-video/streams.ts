/** The visitor's camera, if they allow it. */
export async function cameraStream(signal: AbortSignal): Promise<MediaStream> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
  signal.addEventListener('abort', () => stream.getTracks().forEach((track) => track.stop()));
  return stream;
}

/** A video that needs no camera: a wheel that turns. */
export async function patternStream(signal: AbortSignal): Promise<MediaStream> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [640, 480];
  const context = canvas.getContext('2d')!;
  const paint = (time: number): void => {
    if (signal.aborted) return;
    context.fillStyle = '#203040';
    context.fillRect(0, 0, 640, 480);
    for (let i = 0; i < 12; i++) {
      context.fillStyle = `hsl(${i * 30} 80% 60%)`;
      context.beginPath();
      context.arc(320, 240, 200, time / 2000 + (i * Math.PI) / 6, time / 2000 + ((i + 0.6) * Math.PI) / 6);
      context.lineTo(320, 240);
      context.fill();
    }
    requestAnimationFrame(paint);
  };
  requestAnimationFrame(paint);
  return canvas.captureStream();
}
