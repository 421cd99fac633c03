/** The charts: a chunk of their own, loaded when somebody is about to see one. */
export { largestOf, libraryBars, ownBars } from './bars';
export { colourOf } from './colours';
export { roofline } from './roofline';
