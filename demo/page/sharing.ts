/** The ways to share a result. */
import { element } from '../element';
import type { Report } from '../report';
import { addressWith } from '../share/address';
import { csvOf } from '../share/csv';
import { fileName, save } from '../share/save';

export type Way = 'link' | 'picture' | 'json' | 'csv';

/** Each returns a sentence that says what it has done. @throws (rejects) with the reason if it fails */
export const WAYS: Readonly<Record<Way, (report: Report) => Promise<string>>> = {
  async link(report) {
    const address = await addressWith(location.href, report);
    history.replaceState(null, '', address);
    // A browser may forbid the clipboard. The address bar has the link in any case.
    return navigator.clipboard.writeText(address).then(
      () => 'The address of this result is copied.',
      () => 'The address of this page is now that of the result: copy it.',
    );
  },
  async picture(report) {
    const { pictureOf } = await import('../share/picture');
    save(fileName(report, 'png'), await pictureOf(element('card', HTMLElement)));
    return 'The picture is saved.';
  },
  async json(report) {
    save(fileName(report, 'json'), new Blob([`${JSON.stringify(report, undefined, 2)}\n`]));
    return 'The JSON is saved.';
  },
  async csv(report) {
    save(fileName(report, 'csv'), new Blob([csvOf(report)], { type: 'text/csv' }));
    return 'The CSV is saved.';
  },
};
