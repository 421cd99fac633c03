/** FlatBuffers without a schema: tables as lists of fields, in the schema's order. */
import { Builder } from 'flatbuffers';

/** A field's value. Offsets point to what was written before; `none` is a field that is left out. */
export type Field = readonly [kind: 'offset' | 'int8' | 'int32', value: number] | 'none';

export class FlatTables {
  readonly #builder = new Builder(1024);

  table(...fields: readonly Field[]): number {
    const builder = this.#builder;
    builder.startObject(fields.length);
    for (const [i, field] of fields.entries()) {
      if (field === 'none') continue;
      const [kind, value] = field;
      if (kind === 'offset') builder.addFieldOffset(i, value, 0);
      else if (kind === 'int8') builder.addFieldInt8(i, value, 0);
      else builder.addFieldInt32(i, value, 0);
    }
    return builder.endObject();
  }

  tables(offsets: readonly number[]): number {
    this.#builder.startVector(4, offsets.length, 4);
    for (const offset of offsets.toReversed()) this.#builder.addOffset(offset);
    return this.#builder.endVector();
  }

  ints(values: readonly number[]): number {
    this.#builder.startVector(4, values.length, 4);
    for (const value of values.toReversed()) this.#builder.addInt32(value);
    return this.#builder.endVector();
  }

  /** A vector of bytes, 16 aligned, that are float32 numbers. */
  floatBytes(values: Float32Array): number {
    this.#builder.startVector(1, values.byteLength, 16);
    // A FlatBuffer is written from its end.
    for (let i = values.length - 1; i >= 0; i--) this.#builder.addFloat32(values[i]);
    return this.#builder.endVector();
  }

  /** A vector of bytes, 16 aligned, that are int32 numbers. */
  intBytes(values: readonly number[]): number {
    this.#builder.startVector(1, 4 * values.length, 16);
    for (const value of values.toReversed()) this.#builder.addInt32(value);
    return this.#builder.endVector();
  }

  text(value: string): number {
    return this.#builder.createString(value);
  }

  /** The whole file. */
  finish(root: number, identifier: string): Uint8Array {
    this.#builder.finish(root, identifier);
    return this.#builder.asUint8Array();
  }
}
