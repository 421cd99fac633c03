/**
 * Twin of shaders/pixels/image.wgsl.
 *
 * @module
 */
import imageShader from '../../shaders/pixels/image.wgsl';
import type { GpuContext } from '../gpu/context';
import type { ImagePass } from '../gpu/image-pass';
import type { Program } from '../gpu/pipelines';
import type { DType } from '../kernels/dtype';
import { WORKGROUP } from '../kernels/flat-step';
import { specialize, type Slot } from '../kernels/specialize';
import { packUniforms } from '../kernels/uniforms';
import type { ImageTexture } from './image-source';
import type { ImageView } from './image-view';

/** The conversion of a color, where the color changes. */
const ORDERED: Readonly<Record<string, string>> = {
  grey: 'return vec4(dot(v.rgb, vec3(0.299, 0.587, 0.114)));',
  bgr: 'return v.bgra;',
  bgra: 'return v.bgra;',
};

/** The size of a video frame in pixels may differ from the size that it is shown with. */
const FRAME =
  'return textureLoad(image, place * vec2<i32>(textureDimensions(image)) / vec2(i32(p.image_width), i32(p.image_height)));';

/** The program that makes the view of a texture. */
export function programOf(
  { target }: GpuContext,
  { channels, count, isBetween, fill }: ImageView,
  { isExternal, isPremultiplied }: Pick<ImageTexture, 'isExternal' | 'isPremultiplied'>,
  dtype: DType,
): Program {
  const slots: Record<string, Slot> = {};
  if (channels in ORDERED) slots.ordered = { body: ORDERED[channels] };
  if (isExternal) slots.texel = { body: FRAME };
  const wgsl = specialize(imageShader, {
    knobs: { CHANNELS: count, IS_BETWEEN: isBetween, IS_PREMULTIPLIED: isPremultiplied, HAS_FILL: fill !== undefined },
    slots,
    halves:
      dtype === 'f16'
        ? { stored: new Set(['output']), sums: false, native: target.features.has('shader-f16') }
        : undefined,
  });
  const { bindings } = imageShader;
  if (!isExternal) return { program: `image/${channels}`, wgsl, bindings };
  return {
    program: `image/frame ${channels}`,
    wgsl: wgsl.replace('texture_2d<f32>', 'texture_external'),
    bindings: bindings.map((one) => (one.kind === undefined ? one : { ...one, kind: 'externalTexture' })),
  };
}

/** The dispatch of that program. */
export function passOf(context: GpuContext, view: ImageView, source: ImageTexture, dtype: DType): ImagePass {
  const { image, height, width, row, column, channel, start, across, down, gains, offsets, fill = [] } = view;
  const factors = new Float32Array(12);
  for (const [i, list] of [gains, offsets, [...fill, 1]].entries()) factors.set(list, 4 * i);
  const uniforms = packUniforms(imageShader, {
    count: height * width,
    width,
    row,
    column,
    channel,
    image_height: image.height,
    image_width: image.width,
    left: start[0],
    top: start[1],
    across_x: across[0],
    across_y: across[1],
    down_x: down[0],
    down_y: down[1],
    factors: [...new Uint32Array(factors.buffer)],
  });
  const { texture } = source;
  return { program: programOf(context, view, source, dtype), uniforms, texture, workgroups: Math.ceil((height * width) / WORKGROUP) }; // prettier-ignore
}
