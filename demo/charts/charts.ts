/** The charts. The page imports this file when one is about to be seen. */
export { largestOf, libraryBars, ownBars } from './bars';
export { colourOf } from './colours';
export { roofline } from './roofline';
