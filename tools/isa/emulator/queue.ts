/** A priority queue: a binary heap, the smallest first. */
export interface Queue<T> {
  push(item: T): void;
  pop(): T | undefined;
  /** Infinite where the queue is empty. */
  firstTime(): number;
}

export function queueOf<T>(timeOf: (item: T) => number): Queue<T> {
  const heap: T[] = [];
  return {
    push: (item) => {
      let i = heap.length;
      heap.push(item);
      while (i > 0) {
        const parent = (i - 1) >> 1;
        if (timeOf(heap[parent]) <= timeOf(item)) break;
        heap[i] = heap[parent];
        i = parent;
      }
      heap[i] = item;
    },
    pop: () => {
      const first = heap[0];
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return first;
      let i = 0;
      for (;;) {
        let child = 2 * i + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && timeOf(heap[child + 1]) < timeOf(heap[child])) child++;
        if (timeOf(heap[child]) >= timeOf(last)) break;
        heap[i] = heap[child];
        i = child;
      }
      heap[i] = last;
      return first;
    },
    firstTime: () => (heap.length > 0 ? timeOf(heap[0]) : Infinity),
  };
}
