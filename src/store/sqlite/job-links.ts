import type { JobRecord } from '../../core/job.ts';
import type { Driver } from './driver.ts';

/** Writes the rows by which a job is found through its labels and artifacts, where they changed. */
export function linkJob(driver: Driver, before: JobRecord | null, after: JobRecord): void {
  if (before?.labels !== after.labels) {
    if (before !== null) unlinkLabels(driver, before);
    for (const [key, value] of Object.entries(after.labels)) {
      driver.run('INSERT OR REPLACE INTO labels VALUES (?, ?, ?)', [key, value, after.id]);
    }
  }
  if (before?.artifacts !== after.artifacts) {
    if (before !== null) unlinkArtifacts(driver, before);
    for (const { id } of after.artifacts) {
      driver.run('INSERT OR REPLACE INTO artifacts VALUES (?, ?)', [id, after.id]);
    }
  }
}

export function unlinkJob(driver: Driver, job: JobRecord): void {
  unlinkLabels(driver, job);
  unlinkArtifacts(driver, job);
}

function unlinkLabels(driver: Driver, { id, labels }: JobRecord): void {
  for (const [key, value] of Object.entries(labels)) {
    driver.run('DELETE FROM labels WHERE key = ? AND value = ? AND id = ?', [key, value, id]);
  }
}

function unlinkArtifacts(driver: Driver, { artifacts }: JobRecord): void {
  for (const { id } of artifacts) driver.run('DELETE FROM artifacts WHERE id = ?', [id]);
}
