import { draw, loadGraphModel, openGpu, tensorFromImage } from 'depthwise';

const svg = document.querySelector('svg')!;
const canvas = document.querySelector('canvas')!;
const output = document.querySelector('output')!;

async function follow(): Promise<void> {
  const gpu = await openGpu();
  // MoveNet: 17 joints of a person, each as y, x and how sure it is.
  const model = await loadGraphModel(gpu, '/models/movenet-lightning.json', {
    onProgress: (done, total) => (output.textContent = `${Math.round((100 * done) / total)} % of the model is here`),
  });

  const video = document.createElement('video');
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
  await video.play();
  // The square in the middle.
  const { videoWidth, videoHeight } = video;
  const side = Math.min(videoWidth, videoHeight);
  const crop = { x: (videoWidth - side) / 2, y: (videoHeight - side) / 2, width: side, height: side };

  for (;;) {
    await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    using picture = tensorFromImage(gpu, video, { crop });
    using input = tensorFromImage(gpu, video, { crop, size: [192, 192], range: [0, 255] });
    draw(picture, canvas);
    const { Identity: joints } = await model.run(input);
    show(await joints.read()); // 51 numbers; the picture stays on the GPU
    joints.dispose();
  }
}

function show(joints: ArrayLike<number>): void {
  const seen = Array.from({ length: 17 }, (_, i) => [joints[3 * i], joints[3 * i + 1], joints[3 * i + 2]]).filter(
    ([, , score]) => score > 0.3,
  );
  svg.innerHTML = seen.map(([y, x]) => `<circle cx="${x}" cy="${y}" r="0.01" />`).join('');
  output.textContent = `${seen.length} joints of 17`;
}

follow().catch((error: Error) => (output.textContent = error.message));
