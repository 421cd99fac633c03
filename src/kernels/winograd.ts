/**
 * Dense 3x3 convolution by Winograd's algorithm F(4x4, 3x3), in four dispatches.
 *
 * A tile of 4x4 outputs y and the 6x6 inputs d under it are polynomials, and so is the filter g. Their product is known by its
 * values at 6 points for each axis: y = A^T [ sum over c of (G g G^T) (B^T d B), element by element ] A. So the sum takes 36
 * multiplications for each tile and pair of channels instead of 144, and is a 1x1 convolution of the tiles in 36 groups, which
 * the kernels of `grouped` compute. Transforms take time, too, as does the traffic between four dispatches: it pays where there are
 * many channels, and pixels enough to make up for the filters, which become four times as large in every call.
 *
 * Times as fast as the default rule's kernel, channels in and out alike (the model of `npm run isa`, without the cost of a launch,
 * and SwiftShader, medians of 9 rounds, 1 December 2026):
 *
 *     map  channels  RDNA2  RDNA3  SwiftShader
 *     56   64         1.3    1.2    2.6
 *     56   128        2.5    2.5    3.1
 *     56   256        2.7    5.5
 *     28   128        1.4    1.1    2.5
 *     28   256        1.7    1.3    2.4
 *     28   512        2.5    2.6
 *     14   256        0.9    0.8    1.2
 *     14   512        0.9    0.6    1.1
 *
 * **Error.** Let e be 2^-24. The values of a tile pass at most 8 roundings of the filter's transform, 6 of the input's, C of the
 * sum over C channels, and 6 of the output's, so to first order y is off by at most
 *
 *     (C + 20) e |A^T| [ sum over c of (|G| |g| |G^T|) (|B^T| |d| |B|) ] |A|  <=  484 C (C + 20) e max|x| max|weights|
 *
 * where 484 is the square of the largest sum of a row of |A^T| times the sums of the rows of |G| and |B^T|. For plain sums the
 * same bound has 81 C^2 in place of 484 C (C + 20): six times less for many channels, thirteen times for 16. With the usual points 0, +-1, +-2 it would be 2304.
 *
 * **Infinity and NaN.** Outputs of a tile depend on nearly all of its inputs. So one that is not finite makes outputs up to three
 * pixels away NaN or infinite, where all other kernels keep to those whose filter reaches it. The intermediates are larger than the
 * sums: they overflow for sums up to 54 times smaller. So no rule chooses this way, and the tuner tries it only where the app
 * allows it.
 *
 * @module
 * @see https://arxiv.org/abs/1509.09308 the algorithm, for networks
 * @see https://arxiv.org/abs/1803.10986 why the points matter
 */
import { groupedProblem, type ConvProblem } from '../conv/problem';
import { chainOf, type Chain, type Links } from './chain';
import { grouped } from './convolutions';
import { bytesOf } from './dtype';
import { operandsOf, type Epilogue } from './epilogue';
import type { Target } from './kernel';
import { winogradFilter } from './winograd-filter';
import { winogradInput } from './winograd-input';
import { winogradOutput } from './winograd-output';
import { PLACES, winogradTiles } from './winograd-tile';

/** With fewer channels on either side the transforms take longer than what they save. */
const FEWEST_CHANNELS = 16;

/** Dense 3x3 filters without strides and dilations, channels last. */
export const winograd: Chain<ConvProblem> = /* @__PURE__ */ chainOf(
  {
    name: 'conv2d/winograd',
    why: "Winograd's algorithm takes a quarter of the multiplications",
    get wgsl() {
      const steps = [winogradFilter, winogradInput, grouped, winogradOutput];
      return steps.flatMap(({ kernels }) => kernels.map(({ wgsl }) => wgsl)).join('');
    },
    supports: (p) =>
      p.groups === 1 &&
      p.dataFormat === 'NHWC' &&
      p.filterHeight === 3 &&
      p.filterWidth === 3 &&
      p.strideHeight * p.strideWidth * p.dilationHeight * p.dilationWidth === 1,
    suits: () => false,
    tiles: (p, target) => (isWorthTrying(p, target) ? [{}] : []),
  },
  links,
);

/**
 * Whether there are channels enough, products are summed in float32, and the intermediates can be bound. They have more than twice as
 * many elements as input and output, so none of them fits where a problem is computed in parts.
 */
function isWorthTrying(p: ConvProblem, { limits, halves }: Target): boolean {
  const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  return (
    Math.min(p.inChannels, p.outChannels) >= FEWEST_CHANNELS &&
    halves?.sums !== true &&
    Object.values(links(p, []).middles).every(({ shape }) => bytesOf({ shape, dtype: 'f32' }) <= most)
  );
}

function links(p: ConvProblem, end: Epilogue): Links {
  const { batch, inChannels, outChannels } = p;
  const { tiles_y, tiles_x } = winogradTiles(p);
  const taps = [1, 1, inChannels, PLACES * outChannels];
  const pixels = [batch, tiles_y, tiles_x, PLACES * inChannels];
  const sums = [batch, tiles_y, tiles_x, PLACES * outChannels];
  const products = groupedProblem('conv2d', pixels, taps, { groups: PLACES });
  const none = { epilogue: [], operands: [] };
  return {
    middles: {
      taps: { shape: taps, dtype: 'f32' },
      pixels: { shape: pixels, dtype: 'f32' },
      sums: { shape: sums, dtype: 'f32' },
    },
    links: [
      { operation: winogradFilter, problem: p, inputs: { weights: 'weights' }, ...none, output: 'taps' },
      { operation: winogradInput, problem: p, inputs: { x: 'x' }, ...none, output: 'pixels' },
      { operation: grouped, problem: products, inputs: { x: 'pixels', weights: 'taps' }, ...none, output: 'sums' },
      {
        operation: winogradOutput,
        problem: p,
        inputs: { x: 'sums' },
        epilogue: end,
        operands: operandsOf(end),
        output: 'output',
      },
    ],
  };
}
