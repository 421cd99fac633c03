/** Builds of the library: of this tree, and of a commit in a work tree of its own. */
import { execFile } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const execute = promisify(execFile);

/** Builds this tree into the folder. */
export async function buildThis(folder: string): Promise<void> {
  await build(ROOT, folder);
}

/**
 * Builds a commit into the folder.
 *
 * @param ref whatever git takes for a commit
 * @param tree a folder that does not exist, for its files; it is removed
 * @returns the commit's short hash
 * @throws (rejects) if git knows no such commit, or it does not build
 */
export async function buildCommit(ref: string, folder: string, tree: string): Promise<string> {
  const commit = await commitOf(ref);
  await git('worktree', 'add', '--detach', tree, commit);
  try {
    // The build uses this tree's tools, so that nothing is installed. Only the sources differ.
    await symlink(join(ROOT, 'node_modules'), join(tree, 'node_modules'), 'junction');
    await build(tree, folder);
  } finally {
    await git('worktree', 'remove', '--force', tree);
  }
  return commit;
}

async function commitOf(ref: string): Promise<string> {
  try {
    return await git('rev-parse', '--short', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`);
  } catch (cause) {
    throw new Error(`--against ${ref}: git knows no such commit; give a branch, a tag or a hash`, { cause });
  }
}

async function build(tree: string, folder: string): Promise<void> {
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  const options = ['build', '--logLevel', 'warn', '--outDir', folder, '--emptyOutDir'];
  await execute(process.execPath, [vite, ...options], { cwd: tree });
}

async function git(...options: readonly string[]): Promise<string> {
  const { stdout } = await execute('git', options, { cwd: ROOT });
  return stdout.trim();
}
