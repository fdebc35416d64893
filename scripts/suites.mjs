// The test suites that need something beyond npm: what they need, whether it is here, and what adds it.
import { spawnSync } from 'node:child_process';

const answers = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

const SUITES = [
  {
    name: 'linux',
    why: 'process trees are read from /proc',
    add: 'run it on Linux',
    probe: () => process.platform === 'linux',
  },
  {
    name: 'openscad',
    why: 'no openscad to judge the program text that text-to-3d writes',
    add: 'apt-get install openscad',
    probe: () => answers('openscad', ['--version']),
  },
];

export function findSuites() {
  const required = (process.env.HIVE_TEST_REQUIRE ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const unknown = required.filter((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    console.error(
      `HIVE_TEST_REQUIRE names unknown suites: ${unknown.join(', ')}; known: ${SUITES.map((suite) => suite.name).join(', ')}`,
    );
    process.exit(2);
  }
  return SUITES.map(({ probe, ...suite }) => ({
    ...suite,
    ready: probe(),
    required: required.includes(suite.name),
  }));
}
