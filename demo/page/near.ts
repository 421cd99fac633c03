/** Loads parts of the page when the visitor scrolls near them. */

/** Calls `load` once, when the element is less than half a screen away from the visible part of the page. */
export function whenNear(element: Element, load: () => void): void {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      load();
    },
    { rootMargin: '50% 0px' },
  );
  observer.observe(element);
}
