/** All families of networks that layers are drawn from. */
import { cheapNets } from './cheap-nets';
import { denseMaps } from './dense-maps';
import { efficientNets } from './efficient-nets';
import type { Family } from './family';
import { groupedNets } from './grouped-nets';
import { largeFilters } from './large-filters';
import { mobileNets } from './mobile-nets';

export const FAMILIES: readonly Family[] = [
  ...mobileNets,
  ...efficientNets,
  ...cheapNets,
  ...groupedNets,
  ...largeFilters,
  ...denseMaps,
];
