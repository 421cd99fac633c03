/** The photographs of the pages and the benchmark, by name. README.md says whose they are. */
import astronaut from './astronaut.jpg';
import bridge from './bridge.jpg';
import cat from './cat.jpg';
import coffee from './coffee.jpg';
import photographer from './photographer.jpg';

/** A person who looks at us, a person from the side, an animal, a thing, and a city. */
export type PhotoName = 'astronaut' | 'photographer' | 'cat' | 'coffee' | 'bridge';

export const photos: Readonly<Record<PhotoName, string>> = { astronaut, photographer, cat, coffee, bridge };
