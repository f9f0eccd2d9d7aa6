-- Stories are never deleted, and nothing else asks for prints, or for what was passed over, by story.
DROP INDEX print_story;
DROP INDEX passed_story;
