/** What the pipeline's commit status is called on every git host: statuses of one name replace each other. */
export const STATUS_NAME = 'image-pipeline';
