import { serve } from '../demo/cli/page.ts';
import { launchBrowser } from './harness/launch-browser.ts';
const root = process.argv[2]!;
const server = await serve([root]);
const browser = await launchBrowser('chrome');
const page = await browser.newPage();
page.on('pageerror', (e) => console.log(String(e)));
await page.goto(server.resolvedUrls!.local[0]!);
const out = await page.evaluate(async (root) => {
  const lib = await import('/@fs' + root + '/src/index.ts');
  const gpu = await lib.openGpu();
  const list: [string, number[], number[], object, string][] = [
    ['g32 56w4', [1, 56, 56, 128], [3, 3, 4, 128], { groups: 32, padding: 'same' }, 'groupedConv2d'],
    ['g32 28w8', [1, 28, 28, 256], [3, 3, 8, 256], { groups: 32, padding: 'same' }, 'groupedConv2d'],
    ['g32 14w16', [1, 14, 14, 512], [3, 3, 16, 512], { groups: 32, padding: 'same' }, 'groupedConv2d'],
    ['g16 56w8 s2', [1, 56, 56, 128], [3, 3, 8, 128], { groups: 16, strides: 2, padding: 'same' }, 'groupedConv2d'],
    ['g10 14 160', [1, 14, 14, 160], [3, 3, 16, 160], { groups: 10, padding: 'same' }, 'groupedConv2d'],
    ['g3 1x1 60-240', [1, 28, 28, 60], [1, 1, 20, 240], { groups: 3 }, 'groupedConv2d'],
    ['g2 1x1 b8 5x5', [8, 5, 5, 200], [1, 1, 100, 400], { groups: 2 }, 'groupedConv2d'],
    ['g4 1x1 36-112', [1, 27, 27, 36], [1, 1, 9, 112], { groups: 4 }, 'groupedConv2d'],
    ['g8 1x1 48-48', [1, 28, 28, 48], [1, 1, 6, 48], { groups: 8 }, 'groupedConv2d'],
    ['g9 14 432', [1, 14, 14, 432], [3, 3, 48, 432], { groups: 9, padding: 'same' }, 'groupedConv2d'],
    ['g6 dil2 w6', [1, 28, 28, 36], [3, 3, 6, 36], { groups: 6, padding: 'same', dilations: 2 }, 'groupedConv2d'],
    ['g16 w2', [1, 28, 28, 32], [3, 3, 2, 32], { groups: 16, padding: 'same' }, 'groupedConv2d'],
    ['g8 2-8', [1, 28, 28, 16], [3, 3, 2, 64], { groups: 8, padding: 'same' }, 'groupedConv2d'],
    ['g2 5x5 24', [1, 28, 28, 48], [5, 5, 24, 48], { groups: 2, padding: 'same' }, 'groupedConv2d'],
  ];
  let s = '';
  for (const [name, xs, fs, o, op] of list) {
    const [x, w] = [xs, fs].map((sh) =>
      gpu.tensor(
        new Float32Array(sh.reduce((a, b) => a * b, 1)).map((_, i) => (i % 7) / 7),
        sh,
      ),
    );
    const t0 = performance.now();
    const y = lib[op](x, w, o);
    await y.read();
    const first = performance.now() - t0;
    y.dispose();
    const ms = [];
    let label = '';
    for (let i = 0; i < 7; i++) {
      const p = await lib.profile(gpu, () => lib[op](x, w, o));
      ms.push(p[0].ms);
      label = p[0].label;
    }
    ms.sort((a, b) => a - b);
    s += `${name.padEnd(12)} ${ms[0].toFixed(2)} ${ms[3].toFixed(2)} first ${first.toFixed(0)}  ${label}\n`;
    x.dispose();
    w.dispose();
  }
  return s;
}, root);
console.log(out);
await browser.close();
await server.close();
