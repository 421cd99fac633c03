/** What is loaded only when somebody comes near to seeing it. */

/** Calls back once, when the element is within a screen's height of what is seen. */
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
