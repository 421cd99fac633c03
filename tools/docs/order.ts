/** Gives TypeDoc its order: the first line of a page names it, and lists follow `categories.ts` and `guides.ts`. */
import { statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import {
  Comment,
  CommentTag,
  ContainerReflection,
  Converter,
  ReflectionKind,
  type Application,
  type CommentDisplayPart,
  type Context,
  type DeclarationReflection,
  type DocumentReflection,
  type ProjectReflection,
} from 'typedoc';
import packageJson from '../../package.json' with { type: 'json' };
import { ROOT } from '../package/entries.ts';
import { CATEGORIES } from './categories.ts';
import { GUIDES, PROJECT } from './guides.ts';

/** All headings: those of the navigation, and those of the main entry. */
export const HEADINGS: readonly string[] = ['Guides', 'Reference', 'Project', ...Object.keys(CATEGORIES), 'Types'];

/** Where the project's files can be read. */
const REPOSITORY: string = packageJson.repository.url.replace(/^git\+|\.git$/g, '');

const headingOf: ReadonlyMap<string, string> = new Map(
  Object.entries(CATEGORIES).flatMap(([heading, names]) => names.map((name) => [name, heading] as const)),
);

/** Functions and pages, first to last. */
const ORDER: readonly string[] = [...headingOf.keys(), ...GUIDES, ...PROJECT];

/** Makes an application use the order. */
export function putInOrder(app: Application): void {
  const rank = new Map<number, number>();

  // TypeDoc passes no context to this event.
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_: unknown, page: DocumentReflection) => {
    const path = relative(ROOT, page.project.files.getReflectionPath(page) ?? '').replaceAll('\\', '/');
    page.frontmatter.category = GUIDES.includes(path) ? 'Guides' : 'Project';
    page.name = headingOfPage(page);
    page.content = linkFunctions(linkFolders(page.content, dirname(path)));
    rank.set(page.id, ORDER.indexOf(path));
  });

  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: Context) => {
    project.readme = linkFunctions(project.readme ?? []);
    for (const entry of project.getChildrenByKind(ReflectionKind.Module)) {
      categorise(entry, 'Reference');
      if (entry.name !== 'depthwise') continue;
      for (const each of entry.getChildrenByKind(ReflectionKind.Function)) {
        const heading = headingOf.get(each.name);
        if (heading === undefined) throw new Error(`tools/docs/categories.ts has no place for ${each.name}`);
        categorise(each, heading);
        rank.set(each.id, ORDER.indexOf(each.name));
      }
    }
  });

  const afterCategories = -1000;
  app.converter.on(
    Converter.EVENT_RESOLVE_END,
    ({ project }: Context) => containersOf(project).forEach((container) => sortCategories(container, rank)),
    afterCategories,
  );
}

function headingOfPage({ name, content: [first] }: DocumentReflection): string {
  const heading = /^# (.*)/.exec(first.text);
  if (heading === null) throw new Error(`the page ${name} does not begin with "# " and a title`);
  return heading[1];
}

/** Points links to folders to the repository, because only files become pages. */
function linkFolders(parts: readonly CommentDisplayPart[], from: string): CommentDisplayPart[] {
  return parts.map((part) => {
    if (part.kind !== 'relative-link') return part;
    const path = join(from, part.text);
    if (!statSync(join(ROOT, path), { throwIfNoEntry: false })?.isDirectory()) return part;
    return { kind: 'text', text: `${REPOSITORY}/tree/main/${path.replaceAll('\\', '/')}` };
  });
}

/** Turns functions that a page names as code into links. */
function linkFunctions(parts: readonly CommentDisplayPart[]): CommentDisplayPart[] {
  return parts.map((part, i) => {
    const name = part.text.slice(1, -1);
    // A link to something else stays one: `[`compile`](programs.md)`.
    const isLinked = parts[i - 1]?.text.endsWith('[') === true;
    if (part.kind !== 'code' || isLinked || !headingOf.has(name)) return part;
    return { kind: 'inline-tag', tag: '@linkcode', text: `depthwise.${name} | ${name}` };
  });
}

function categorise(reflection: DeclarationReflection, heading: string): void {
  reflection.comment ??= new Comment();
  reflection.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: heading }]));
}

function containersOf(project: ProjectReflection): readonly ContainerReflection[] {
  return [project, ...Object.values(project.reflections).filter((each) => each instanceof ContainerReflection)];
}

function sortCategories({ categories }: ContainerReflection, rank: ReadonlyMap<number, number>): void {
  for (const { children } of categories ?? []) {
    children.sort((a, b) => (rank.get(a.id) ?? 0) - (rank.get(b.id) ?? 0));
  }
}
