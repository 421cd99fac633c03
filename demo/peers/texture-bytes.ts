/** The bytes of a texture: libraries that compute in textures use formats of 8, 16 or 32 bits per channel. */
export function bytesOfTexture({ format, width, height, depthOrArrayLayers }: GPUTexture): number {
  const [, channels = 'rgba', bits = '8'] = /^(r|rg|rgba|bgra)(8|16|32)/.exec(format) ?? [];
  return (width * height * depthOrArrayLayers * channels.length * Number(bits)) / 8;
}
