/** A result as a short text of letters that an address can carry. */
import type { Report } from '../report';
import { readReportText } from './read';

/** A short text can expand to gigabytes. A result takes a tenth of this. */
const MOST_BYTES = 8e6;

export async function compressed(report: Report): Promise<string> {
  const bytes = new Blob([JSON.stringify(report)]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const packed = new Uint8Array(await new Response(bytes).arrayBuffer());
  let binary = '';
  for (const byte of packed) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** @throws (rejects) if it is damaged, or is something else */
export async function expanded(letters: string): Promise<Report> {
  return readReportText(await inflated(letters));
}

async function inflated(letters: string): Promise<string> {
  try {
    const binary = atob(letters.replaceAll('-', '+').replaceAll('_', '/'));
    const packed = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
    const decoder = new TextDecoder();
    let [text, bytes] = ['', 0];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      bytes += value.length;
      if (bytes > MOST_BYTES) throw new Error('it is too large');
      text += decoder.decode(value, { stream: true });
    }
  } catch (cause) {
    throw new Error('it is damaged, or was cut off', { cause });
  }
}
