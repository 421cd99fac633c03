/** Files that a visitor keeps. */
import type { Report } from '../report';

export function save(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // By then the download has begun, and the bytes can be freed.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** `depthwise-apple-metal-3-2026-11-29.json` */
export function fileName({ environment }: Report, extension: string): string {
  const device = (environment?.adapter ?? 'unknown').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return `depthwise-${device}-${environment?.date.slice(0, 10) ?? 'undated'}.${extension}`;
}
