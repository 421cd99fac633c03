/**
 * Failures after the call has returned: readers of the result learn the cause, `onError` is called once, and everything else
 * goes on.
 */
import { describe, expect, test } from 'vitest';
import { virtualStorage } from '../../src/gpu/tape';
import { openGpu } from '../../src/index';
import { withGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { broken, refused, scale, scaleStep, valuesOf } from '../support/scale';

describe('a failure', () => {
  test('to compile rejects the reads of the result and of what was computed from it, with label and line', async () => {
    await withGpu({}, async (own, errors) => {
      const x = own.tensor([1, 2], [2]);
      const bad = broken(x, 'my label');
      const heir = scale(bad, 1);
      const good = scale(x, 1);
      const [fromBad, fromHeir, fromGood] = await Promise.all([
        rejectionOf(bad.read()),
        rejectionOf(heir.read()),
        valuesOf(good),
      ]);
      // The rest of the message comes from the compiler, and differs between browsers.
      expect(fromBad).toMatch(/^depthwise: the shader of my label does not compile:\n {2}2:14 [^]*Mistake/);
      expect(fromHeir).toBe(fromBad);
      expect(fromGood).toEqual([1, 2]);
      expect(errors.map((error) => error.message)).toEqual([fromBad]);
      expect(await rejectionOf(bad.read())).toBe(fromBad);
      expect(await rejectionOf(scale(heir, 1).read())).toBe(fromBad);
      expect(errors).toHaveLength(1);
    });
  });

  test('to compile names the line also where there was no time to wait for the compiler', async () => {
    await withGpu({}, async (own) => {
      const x = own.tensor([1, 2], [2]);
      const bad = broken(x, 'submitted at once');
      own.submit();
      expect(await rejectionOf(bad.read())).toContain('the shader of submitted at once does not compile:\n  2:14');
      expect(await valuesOf(scale(x, 1))).toEqual([1, 2]);
      expect(await rejectionOf(broken(x, 'submitted at once').read())).toContain('does not compile');
    });
  });

  test('to submit rejects the reads of that submit, and later calls work', async () => {
    await withGpu({}, async (own, errors) => {
      const x = own.tensor([1, 2], [2]);
      const earlier = scale(x, 1);
      expect(await valuesOf(earlier)).toEqual([1, 2]);
      const bad = refused(x);
      expect(await rejectionOf(bad.read())).toContain('depthwise: the device refused a grid too large: ');
      expect(await rejectionOf(scale(bad, 1).read())).toContain('a grid too large');
      expect(await valuesOf(scale(x, 1))).toEqual([1, 2]);
      expect(await valuesOf(earlier)).toEqual([1, 2]);
      expect(errors).toHaveLength(1);
    });
  });

  test('while encoding does not stop the queue', async () => {
    await withGpu({}, async (own, errors) => {
      const x = own.tensor([1, 2], [2]);
      const bad = own.tensor([0, 0], [2]);
      const whole = { offset: 0, byteLength: 8 };
      own.context.queue.dispatch({
        step: scaleStep(1, 2),
        operands: [
          { storage: virtualStorage(8), ...whole },
          { storage: bad.storage('test', 'bad'), ...whole },
        ],
      });
      expect(await rejectionOf(bad.read())).toMatchInlineSnapshot(`"prepare: a tensor made inside it has no buffer"`);
      expect(await valuesOf(scale(x, 1))).toEqual([1, 2]);
      await own.finished();
      expect(errors).toHaveLength(1);
      own.device.pushErrorScope('validation');
      expect(await own.device.popErrorScope(), 'scopes are balanced').toBeNull();
      await expect(own.device.popErrorScope()).rejects.toThrow();
    });
  });

  test('of the onError that the app gave does not stop the queue', async () => {
    const thrown: string[] = [];
    const swallow = (event: ErrorEvent): void => {
      event.preventDefault();
      event.stopImmediatePropagation();
      thrown.push(event.message);
    };
    addEventListener('error', swallow, { capture: true });
    const own = await openGpu({
      onError: () => {
        throw new Error('the handler failed');
      },
    });
    const x = own.tensor([1], [1]);
    expect(await rejectionOf(refused(x).read())).toContain('refused');
    expect(await valuesOf(scale(x, 1))).toEqual([1]);
    own.destroy();
    await expect.poll(() => thrown.join()).toContain('the handler failed');
    removeEventListener('error', swallow, { capture: true });
  });
});
