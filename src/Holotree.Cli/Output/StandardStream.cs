using Holotree.Library;

namespace Holotree.Cli.Output;

/// <summary>One of the process's own streams. When it cannot be written the failure says which it is: the system names no path.</summary>
internal sealed class StandardStream(Stream inner, string name) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (UnauthorizedAccessException closed)
        {
            // The runtime's word for EBADF: what is there is not open for writing.
            throw Failure("it is closed", closed);
        }
        catch (IOException refused)
        {
            throw Failure(refused.Message, refused);
        }
    }

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    HolotreeException Failure(string reason, Exception inner) =>
        new(HolotreeFailure.Failed, "output-failed", $"Cannot write to {name}: {reason.TrimEnd('.')}.", inner);
}
