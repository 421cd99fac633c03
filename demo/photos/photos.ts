/** The photographs of the pages and the benchmark, by name. README.md says whose they are. */
import astronaut from './astronaut.jpg';
import cat from './cat.jpg';
import coffee from './coffee.jpg';
import photographer from './photographer.jpg';

/** A person who looks at us, a person from the side, an animal and a thing. */
export type PhotoName = 'astronaut' | 'photographer' | 'cat' | 'coffee';

export const photos: Readonly<Record<PhotoName, string>> = { astronaut, photographer, cat, coffee };
