import type { Start } from './worker';

const output = document.querySelector('output')!;
const canvas = document.querySelector('canvas')!.transferControlToOffscreen();

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
worker.addEventListener('message', ({ data }: MessageEvent<string>) => (output.textContent = data));

const start: Start = { canvas, size: 96, generations: 100 };
worker.postMessage(start, [canvas]);
